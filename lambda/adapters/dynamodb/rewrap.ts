import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { AccountRow, SessionRow, WrappedKey } from '../../domain/records.ts';
import type { MovedWraps } from '../../ports/wrap-writer.ts';
import { cloudError, errorName } from '../cloud-errors.ts';
import { type Attributes, binary } from './attributes.ts';
import { type Target, unchanged } from './commit.ts';
import { keyAttributes } from './keys.ts';
import { encodeRewraps, encodeRow } from './rows.ts';

/**
 * Puts an account's wraps in the place of those that were read, and changes nothing else of the row: its version stays.
 *
 * @returns false where the row is another by now: nothing was written
 * @throws UnavailableError; the write may then have taken effect
 */
export function moveAccountWraps(target: Target, read: AccountRow, moved: MovedWraps): Promise<boolean> {
  const { passwordWrap, recoveryWrap, rewraps } = moved;
  return update(target, read, ['version', 'passwordWrap', 'recoveryWrap', 'rewraps'], {
    passwordWrap: binary(passwordWrap),
    ...(recoveryWrap === undefined ? {} : { recoveryWrap: binary(recoveryWrap) }),
    rewraps: binary(encodeRewraps(rewraps)),
  });
}

/**
 * Puts a session's wrap in the place of the one that was read, and changes nothing else of the row.
 *
 * @returns false where the row is another by now: nothing was written
 * @throws UnavailableError; the write may then have taken effect
 */
export function moveSessionWrap(target: Target, read: SessionRow, wrap: WrappedKey): Promise<boolean> {
  return update(target, read, ['epoch', 'dekVersion', 'wrap'], { wrap: binary(wrap) });
}

/** Sets attributes where these others are as they were read. */
async function update(
  { client, table }: Target,
  read: AccountRow | SessionRow,
  names: readonly string[],
  set: Attributes,
): Promise<boolean> {
  const held = unchanged(attributesOf(read), names);
  const all = Object.entries(set);
  const input = {
    TableName: table,
    Key: keyAttributes(read),
    UpdateExpression: `SET ${all.map(([name]) => `#${name} = :new_${name}`).join(', ')}`,
    ConditionExpression: `attribute_exists(pk) AND ${held.ConditionExpression}`,
    ExpressionAttributeNames: {
      ...held.ExpressionAttributeNames,
      ...Object.fromEntries(all.map(([name]) => [`#${name}`, name])),
    },
    ExpressionAttributeValues: {
      ...held.ExpressionAttributeValues,
      ...Object.fromEntries(all.map(([name, value]) => [`:new_${name}`, value])),
    },
  };
  try {
    await client.send(new UpdateItemCommand(input));
    return true;
  } catch (error) {
    const name = errorName(error);
    if (name === 'ConditionalCheckFailedException' || name === 'TransactionConflictException') return false;
    throw cloudError('dynamodb:UpdateItem', error);
  }
}

function attributesOf(row: AccountRow | SessionRow): Attributes {
  const rewraps = row.kind === 'account' ? row.rewraps : undefined;
  return { ...encodeRow(row), ...(rewraps === undefined ? {} : { rewraps: binary(encodeRewraps(rewraps)) }) };
}
