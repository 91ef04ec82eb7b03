import { describe, expect, it } from '@jest/globals';
import { differences, readReviewed, type Stateful, type StatefulResources, synthesizeReviewed } from './stateful.ts';

const RENEW = 'npm run snapshot';
const ADVICE = `
CloudFormation puts an empty resource in the place of one whose logical id or fixed property changes: the data, or the key
that opens them, are then no longer this stack's. Where that is not meant, give the construct its place and name back. Where
it is, say in the commit how a deployment that stands is moved, then renew the list: ${RENEW}`;

const reviewed = readReviewed();
const now = synthesizeReviewed();

describe('what keeps data or opens it', () => {
  it.each(Object.keys(now.stateful))('is what was reviewed, with the settings of "%s"', (name) => {
    const changes = differences(reviewed.stateful[name] ?? {}, now.stateful[name] ?? {});
    if (changes.length > 0) throw new Error(`${changes.join('\n')}\n${ADVICE}`);
  });

  it('outlives the stack where it is to be retained', () => {
    for (const [id, { type, deletionPolicy, updateReplacePolicy }] of Object.entries(now.stateful['standard'] ?? {})) {
      // An alias names a key, and a queue holds what maintenance finds again.
      if (['AWS::KMS::Alias', 'AWS::SQS::Queue', 'AWS::SecretsManager::Secret'].includes(type)) continue;
      expect([id, deletionPolicy, updateReplacePolicy]).toEqual([id, 'Retain', 'Retain']);
    }
  });

  it('counts the table, the bucket, and every key with its alias', () => {
    const types = Object.values(now.stateful['moreKeys'] ?? {}).map(({ type }) => type);
    const count = (type: string) => types.filter((candidate) => candidate === type).length;
    expect([count('AWS::DynamoDB::Table'), count('AWS::S3::Bucket')]).toEqual([1, 1]);
    expect([count('AWS::KMS::Key'), count('AWS::KMS::Alias')]).toEqual([6, 6]);
  });

  it('keeps its ids when keys are added: none takes another’s place', () => {
    const [standard = {}, more = {}] = [now.stateful['standard'], now.stateful['moreKeys']];
    const keys = (resources: StatefulResources) =>
      Object.entries(resources).filter(([, { type }]) => type === 'AWS::KMS::Key' || type === 'AWS::DynamoDB::Table');
    for (const [id, { type, fixed }] of keys(standard)) expect(more[id]).toMatchObject({ type, fixed });
  });
});

describe('a change of what keeps data', () => {
  const table: Stateful = {
    type: 'AWS::DynamoDB::Table',
    deletionPolicy: 'Retain',
    updateReplacePolicy: 'Retain',
    fixed: { TableName: null, KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] },
  };

  it.each<[string, StatefulResources, string]>([
    ['a place in the tree', { Renamed: table }, 'Renamed (AWS::DynamoDB::Table) is new'],
    ['its end', {}, 'Table (AWS::DynamoDB::Table) is gone'],
    ['a policy', { Table: { ...table, deletionPolicy: 'Delete' } }, 'deletionPolicy changed'],
    ['a name', { Table: { ...table, fixed: { ...table.fixed, TableName: 'vault' } } }, 'TableName changed'],
    ['a key', { Table: { ...table, fixed: { ...table.fixed, KeySchema: [] } } }, 'KeySchema changed'],
    ['a type', { Table: { ...table, type: 'AWS::DynamoDB::GlobalTable' } }, 'type changed'],
  ])('of %s is told', (_, after, line) => {
    expect(differences({ Table: table }, after).join('\n')).toContain(line);
  });

  it('is none where only the order is another', () => {
    const fixed = Object.fromEntries(Object.entries(table.fixed).reverse());
    expect(differences({ Table: table }, { Table: { ...table, fixed } })).toEqual([]);
  });
});

describe('the template', () => {
  it('is the one that was reviewed', () => {
    const lines = new Set(reviewed.template.split('\n'));
    const added = now.template.split('\n').filter((line) => !lines.has(line));
    if (now.template !== reviewed.template) {
      const shown = added.slice(0, 20).join('\n');
      throw new Error(`the template changed:\n${shown}\nLook at all of it with git diff after: ${RENEW}`);
    }
  });
});
