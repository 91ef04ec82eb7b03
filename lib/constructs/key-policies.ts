import { AccountRootPrincipal, AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** What a wrap is for: part of the KMS encryption context, so that one kind never opens as another. */
export type Purpose = 'password' | 'session' | 'recovery';

const PURPOSES: readonly Purpose[] = ['password', 'session', 'recovery'];

// The names in the context of every wrap: see encryptionContext in lambda/crypto/context.ts.
const CONTEXT_KEYS = ['account', 'app', 'dek', 'purpose'];

// Managing a key, but not using it: neither cryptography nor grants, which would be a way round the conditions below.
const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:RotateKeyOnDemand',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];

/** A key's policy: management, and these uses of the key, are left to the account's IAM policies; all other use is nobody's. */
export function keyPolicy(uses: string[], conditions: Record<string, unknown> = {}): PolicyDocument {
  const common = { principals: [new AccountRootPrincipal()], resources: ['*'] };
  return new PolicyDocument({
    statements: [
      new PolicyStatement({ ...common, sid: 'Administration', actions: ADMINISTRATION }),
      new PolicyStatement({ ...common, sid: 'Use', actions: uses, conditions }),
    ],
  });
}

/**
 * A wrap key's policy. Besides the functions, the operator's tool uses it, which moves wraps to a newer key. Without the
 * context of a wrap it is of no use to anyone, whatever else comes to allow it.
 */
export function wrapPolicy(): PolicyDocument {
  const uses = ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
  const policy = keyPolicy(uses, wrapConditions(PURPOSES));
  const denied = {
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
    resources: ['*'],
  };
  for (const [sid, name, values] of [
    ['OtherApplications', 'app', ['twinlock']],
    ['OtherPurposes', 'purpose', PURPOSES],
  ] as const) {
    // True also where the context has no such name.
    const conditions = { StringNotEquals: { [`kms:EncryptionContext:${name}`]: [...values] } };
    policy.addStatements(new PolicyStatement({ ...denied, sid, conditions }));
  }
  return policy;
}

/**
 * The context of a wrap for one of these purposes, and nothing more in it. ForAllValues holds of an empty context too, which
 * has no `app`.
 */
export function wrapConditions(purposes: readonly Purpose[]): Record<string, unknown> {
  return {
    StringEquals: { 'kms:EncryptionContext:app': 'twinlock', 'kms:EncryptionContext:purpose': [...purposes] },
    'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': CONTEXT_KEYS },
  };
}
