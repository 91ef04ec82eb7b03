import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type AccountId, parseId } from '../../domain/ids.ts';
import { IntegrityError } from '../../errors.ts';

/** A row as the SDK gives and takes it. */
export type Attributes = Record<string, AttributeValue>;

export const text = (value: string): AttributeValue => ({ S: value });
export const binary = (value: Uint8Array): AttributeValue => ({ B: value });
export const texts = (values: readonly string[]): AttributeValue => ({ L: values.map(text) });

/** A whole number from 0. @throws RangeError for any other */
export function whole(value: number): AttributeValue {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('a number in a row is not a safe whole number');
  return { N: String(value) };
}

/** The reading of one row; each method throws `IntegrityError` for an attribute that is missing or of another type. */
export interface Reader {
  text(name: string): string;
  accountId(name: string): AccountId;
  texts(name: string): string[];
  whole(name: string): number;
  /** @param length bytes that it must have, where this is fixed */
  binary(name: string, length?: number): Uint8Array;
  has(name: string): boolean;
  /** The error to throw for a row that is odd in another way. */
  odd(): IntegrityError;
}

/** Reads a row's attributes. @param kind names the row in errors */
export function reader(kind: string, attributes: Attributes): Reader {
  const odd = () => new IntegrityError(`${kind} row`);
  const at = (name: string): AttributeValue => {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (value === undefined) throw odd();
    return value;
  };
  const textOf = (value: AttributeValue): string => {
    if (value.S === undefined) throw odd();
    return value.S;
  };
  return {
    odd,
    has: (name) => Object.hasOwn(attributes, name),
    text: (name) => textOf(at(name)),
    accountId: (name) => {
      const id = parseId<AccountId>(textOf(at(name)));
      if (id === null) throw odd();
      return id;
    },
    texts: (name) => {
      const list = at(name).L;
      if (list === undefined) throw odd();
      return list.map(textOf);
    },
    whole: (name) => {
      const digits = at(name).N;
      const value = digits !== undefined && /^(0|[1-9]\d{0,15})$/.test(digits) ? Number(digits) : Number.NaN;
      if (!Number.isSafeInteger(value)) throw odd();
      return value;
    },
    binary: (name, length) => {
      const bytes = at(name).B;
      if (bytes === undefined || (length !== undefined && bytes.length !== length)) throw odd();
      return bytes;
    },
  };
}
