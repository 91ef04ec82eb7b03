import { type CfnElement, Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Keys } from './keys.ts';

/** Every object's key begins with it. */
const PREFIX = 'documents/';
// The whole name of one object: account, document, and its own.
const ONE_OBJECT = `${PREFIX}*/*/*`;

// A document is kept for at most 365 days. What is older was missed by maintenance.
const LONGEST_LIFE = Duration.days(367);

export interface DocumentBucketProps {
  readonly keys: Keys;
  readonly removalPolicy: RemovalPolicy;
}

/** The bucket of sealed documents, encrypted once more under the data key. */
export class DocumentBucket extends Construct {
  readonly bucket: Bucket;
  private readonly keys: Keys;

  constructor(scope: Construct, id: string, props: DocumentBucketProps) {
    super(scope, id);
    this.keys = props.keys;
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS,
      encryptionKey: props.keys.data,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      removalPolicy: props.removalPolicy,
      lifecycleRules: [
        { id: 'longest-life', prefix: PREFIX, expiration: LONGEST_LIFE },
        {
          id: 'tidy',
          noncurrentVersionExpiration: Duration.days(1),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Objects are ciphertext whose keys lie elsewhere, and each holds its account id in its name: an access log would ' +
        'store who keeps documents and when they are read, for longer than the documents themselves.',
    });
  }

  /** Writing, reading and removing documents. */
  grantDocuments(role: Role): void {
    this.allowObjects(role, ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject', 's3:PutObject']);
    this.allowVersions(role, ONE_OBJECT);
    // With it S3 says 404 of an object that is not there; without, 403, which is no answer. It can't be bound to a
    // prefix, since a read of one object carries none: so it lets names be listed, too.
    role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }));
    this.keys.grantObjects(role, this.bucket.bucketArn);
  }

  /** Finding documents by their names and removing them, not reading them. */
  grantRemoval(role: Role): void {
    this.allowObjects(role, ['s3:DeleteObject', 's3:DeleteObjectVersion']);
    this.allowVersions(role, `${PREFIX}*`);
  }

  private allowObjects(role: Role, actions: string[]): void {
    const resources = [this.bucket.arnForObjects(`${PREFIX}*`)];
    role.addToPolicy(new PolicyStatement({ actions, resources }));
    const logicalId = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnElement);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/${PREFIX}*]`,
      reason: 'The names of objects are random: the prefix is as near as a policy can come to them.',
    });
  }

  private allowVersions(role: Role, names: string): void {
    const resources = [this.bucket.bucketArn];
    const conditions = { StringLike: { 's3:prefix': names } };
    role.addToPolicy(new PolicyStatement({ actions: ['s3:ListBucketVersions'], resources, conditions }));
  }
}
