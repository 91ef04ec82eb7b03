import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type AnyId, parseId } from '../../domain/ids.ts';
import type { FailedTry } from '../../domain/records.ts';
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

export const failedTries = (tries: readonly FailedTry[]): AttributeValue => ({
  L: tries.map(({ at, source }) => ({ M: { at: whole(at), source: text(source) } })),
});

/** Ids have 48 bits of time, and dates end later. */
const LAST_TIME = 2 ** 48 - 1;
/** Where DEK versions are bound in they have 32 bits, the next one too. */
const LAST_DEK = 2 ** 32 - 2;

/** The reading of one row; each method throws `IntegrityError` for an attribute that is missing or of another type. */
export interface Reader {
  text(name: string): string;
  id<T extends AnyId>(name: string): T;
  texts(name: string): string[];
  failedTries(name: string): FailedTry[];
  whole(name: string): number;
  /** A number that counts up: the one behind it is a whole number too. */
  count(name: string): number;
  /** Milliseconds since 1970, which ids and dates can have. */
  time(name: string): number;
  dekVersion(): number;
  /** @param length bytes that it must have, where this is fixed */
  binary(name: string, length?: number): Uint8Array;
  has(name: string): boolean;
  /** Whether an attribute is there and says that there is nothing. */
  isNull(name: string): boolean;
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
  const wholeOf = ({ N: digits }: AttributeValue, most = Number.MAX_SAFE_INTEGER): number => {
    const value = digits !== undefined && /^(0|[1-9]\d{0,15})$/.test(digits) ? Number(digits) : Number.NaN;
    if (!(value <= most)) throw odd();
    return value;
  };
  return {
    odd,
    has: (name) => Object.hasOwn(attributes, name),
    isNull: (name) => at(name).NULL === true,
    text: (name) => textOf(at(name)),
    id: <T extends AnyId>(name: string) => {
      const id = parseId<T>(textOf(at(name)));
      if (id === null) throw odd();
      return id;
    },
    texts: (name) => {
      const list = at(name).L;
      if (list === undefined) throw odd();
      return list.map(textOf);
    },
    failedTries: (name) => {
      const list = at(name).L;
      if (list === undefined) throw odd();
      return list.map(({ M: parts }) => {
        if (parts?.['at'] === undefined || parts['source'] === undefined) throw odd();
        return { at: wholeOf(parts['at'], LAST_TIME), source: textOf(parts['source']) };
      });
    },
    whole: (name) => wholeOf(at(name)),
    count: (name) => wholeOf(at(name), Number.MAX_SAFE_INTEGER - 1),
    time: (name) => wholeOf(at(name), LAST_TIME),
    dekVersion: () => wholeOf(at('dekVersion'), LAST_DEK),
    binary: (name, length) => {
      const bytes = at(name).B;
      if (bytes === undefined || (length !== undefined && bytes.length !== length)) throw odd();
      return bytes;
    },
  };
}
