import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** What a call asks of IAM. */
export interface Need {
  /** As `dynamodb:GetItem`. */
  readonly action: string;
  /** In short, as `Vault/Table`: see Synthesized.name. */
  readonly resource: string;
  /** The condition keys of the request, each with all that it holds there. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** The places of the stack by what the emulated cloud calls them: the names of table and bucket, the ARNs of keys. */
export type Places = ReadonlyMap<string, string>;

export type Service = 'dynamodb' | 'kms' | 's3';

type Row = Readonly<Record<string, AttributeValue>>;
/** What the SDK is given, as far as it says what is asked for. */
type Input = Readonly<Record<string, unknown>>;

const DATA_KEY = 'Keys/Data';

/** What a caller needs on the table's key (DynamoDB Developer Guide, "Encryption at rest: usage notes"). */
const TABLE_KEY_ACTIONS = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];

/** The action of each member of a transaction that writes (DynamoDB Developer Guide, "Using IAM with transactions"). */
const MEMBERS = { Put: 'PutItem', Delete: 'DeleteItem', Update: 'UpdateItem', ConditionCheck: 'ConditionCheckItem' };

/**
 * The permissions that a call needs.
 *
 * @param operation as `PutItem`
 * @throws Error for one that is not known here
 */
export function needsOf(service: Service, operation: string, input: Input, places: Places): Need[] {
  if (service === 'kms') return [cryptography(operation, input, places)];
  return service === 's3'
    ? objects(operation, input, places)
    : [...rows(operation, input, places), ...tableKey(places)];
}

/** What S3 asks for before it says 404 of an object: without it, it says 403. */
export function needsOfAbsence(input: Input, places: Places): Need[] {
  return [{ action: 's3:ListBucket', resource: placeOf(places, input.Bucket), context: {} }];
}

function cryptography(operation: string, input: Input, places: Places): Need {
  const known = ['Encrypt', 'Decrypt', 'GenerateMac', 'VerifyMac'];
  if (!known.includes(operation)) throw new Error(`kms:${operation} is not known here`);
  const pairs = Object.entries((input.EncryptionContext ?? {}) as Record<string, string>);
  const context = Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]]));
  const names = pairs.length === 0 ? {} : { 'kms:EncryptionContextKeys': pairs.map(([name]) => name) };
  return { action: `kms:${operation}`, resource: placeOf(places, input.KeyId), context: { ...context, ...names } };
}

function rows(operation: string, input: Input, places: Places): Need[] {
  const on = (action: string, { TableName, Key, Item }: Input, pk = ((Key ?? Item) as Row).pk?.S): Need => ({
    action: `dynamodb:${action}`,
    resource: placeOf(places, TableName),
    context: { 'dynamodb:LeadingKeys': [pk ?? ''] },
  });
  switch (operation) {
    case 'GetItem':
    case 'PutItem':
    case 'DeleteItem':
      return [on(operation, input)];
    case 'TransactGetItems':
      return (input.TransactItems as { Get: Input }[]).map(({ Get }) => on('GetItem', Get));
    case 'TransactWriteItems':
      return (input.TransactItems as Record<keyof typeof MEMBERS, Input>[]).flatMap((item) =>
        Object.entries(item).map(([member, of]) => on(MEMBERS[member as keyof typeof MEMBERS], of)),
      );
    case 'Query': {
      const value = /^\w+ = (:\w+)/.exec(String(input.KeyConditionExpression))?.[1] ?? '';
      const { IndexName, ExpressionAttributeValues } = input as { IndexName?: string; ExpressionAttributeValues: Row };
      const need = on('Query', input, ExpressionAttributeValues[value]?.S);
      return [IndexName === undefined ? need : { ...need, resource: `${need.resource}/index/${IndexName}` }];
    }
    default:
      throw new Error(`dynamodb:${operation} is not known here`);
  }
}

function tableKey(places: Places): Need[] {
  const context = { 'kms:ViaService': ['dynamodb.AWS::Region.amazonaws.com'] };
  const name = { 'kms:EncryptionContext:aws:dynamodb:tableName': [...places.values()].filter(isTable) };
  return [
    ...TABLE_KEY_ACTIONS.map((action) => ({
      action: `kms:${action}`,
      resource: DATA_KEY,
      context: { ...context, ...name },
    })),
    { action: 'kms:DescribeKey', resource: DATA_KEY, context },
  ];
}

function objects(operation: string, input: Input, places: Places): Need[] {
  const bucket = placeOf(places, input.Bucket);
  const on = (action: string, key: unknown): Need => ({
    action: `s3:${action}`,
    resource: `${bucket}/${String(key)}`,
    context: {},
  });
  const context = {
    'kms:ViaService': ['s3.AWS::Region.amazonaws.com'],
    // The bucket has a key of its own under the data key: its context is the bucket, not the object.
    'kms:EncryptionContext:aws:s3:arn': [bucket],
  };
  switch (operation) {
    case 'PutObject':
      return [on('PutObject', input.Key), { action: 'kms:GenerateDataKey', resource: DATA_KEY, context }];
    case 'GetObject':
      return [on('GetObject', input.Key), { action: 'kms:Decrypt', resource: DATA_KEY, context }];
    case 'HeadObject':
      return [on('GetObject', input.Key)];
    case 'ListObjectVersions':
      return [{ action: 's3:ListBucketVersions', resource: bucket, context: { 's3:prefix': [String(input.Prefix)] } }];
    case 'DeleteObjects': {
      const { Objects } = input.Delete as { Objects: { Key: string; VersionId?: string }[] };
      // Both for a version: see the API reference, "DeleteObjects".
      return Objects.flatMap(({ Key, VersionId }) => [
        on('DeleteObject', Key),
        ...(VersionId === undefined ? [] : [on('DeleteObjectVersion', Key)]),
      ]);
    }
    default:
      throw new Error(`s3:${operation} is not known here`);
  }
}

function placeOf(places: Places, name: unknown): string {
  const place = places.get(String(name));
  if (place === undefined) throw new Error('a table, bucket or key that is not of the stack');
  return place;
}

function isTable(place: string): boolean {
  return place.endsWith('/Table');
}
