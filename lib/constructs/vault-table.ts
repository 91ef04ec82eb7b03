import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Keys } from './keys.ts';

const DUE_INDEX = 'due';

// Partition keys of the rows, by what they belong to: see the table of rows in docs/format.md.
const OF_ACCOUNTS = 'A#*';
const OF_EMAILS = 'E#*';
const OF_THROTTLES = 'T#*';
const OF_WALKS = 'W#*';

// TransactGetItems is allowed by GetItem, TransactWriteItems by what it is made of: puts and deletes.
const READ_WRITE = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'];
const QUERY = ['dynamodb:Query'];

export interface VaultTableProps {
  readonly keys: Keys;
  readonly removalPolicy: RemovalPolicy;
  /** Refuses the table's deletion, also by hand. */
  readonly deletionProtection: boolean;
}

/** The one table, encrypted under the data key, with its index of what maintenance must end. */
export class VaultTable extends Construct {
  readonly table: Table;
  private readonly keys: Keys;

  constructor(scope: Construct, id: string, props: VaultTableProps) {
    super(scope, id);
    this.keys = props.keys;
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: props.keys.data,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'ttl',
      deletionProtection: props.deletionProtection,
      removalPolicy: props.removalPolicy,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: DUE_INDEX,
      partitionKey: { name: 'duePk', type: AttributeType.STRING },
      sortKey: { name: 'dueAt', type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    });
  }

  /** All rows: of accounts, e-mails and failed tries. An e-mail is looked up, never listed. */
  grantAccounts(role: Role): void {
    this.allow(role, READ_WRITE, [OF_ACCOUNTS, OF_EMAILS, OF_THROTTLES]);
    this.allow(role, QUERY, [OF_ACCOUNTS, OF_THROTTLES]);
  }

  /** What lies in accounts, but neither whose e-mail is whose nor who failed to sign in. */
  grantVaults(role: Role): void {
    this.allow(role, [...READ_WRITE, ...QUERY], [OF_ACCOUNTS]);
  }

  /** Which tries at an account failed, as its owner is told: to be read, not changed. */
  grantFailedTries(role: Role): void {
    this.allow(role, QUERY, [OF_THROTTLES]);
  }

  /** Finding what is due, reading it again, finding what a deleted account has left, removing it; how far a walk came. */
  grantSweeping(role: Role): void {
    this.allow(role, ['dynamodb:DeleteItem', 'dynamodb:GetItem', ...QUERY], [OF_ACCOUNTS]);
    this.allow(role, ['dynamodb:GetItem', 'dynamodb:PutItem'], [OF_WALKS]);
    const index = `${this.table.tableArn}/index/${DUE_INDEX}`;
    role.addToPolicy(new PolicyStatement({ actions: QUERY, resources: [index] }));
  }

  private allow(role: Role, actions: string[], partitions: string[]): void {
    const conditions = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } };
    role.addToPolicy(new PolicyStatement({ actions, resources: [this.table.tableArn], conditions }));
    this.keys.grantTable(role, this.table.tableName);
  }
}
