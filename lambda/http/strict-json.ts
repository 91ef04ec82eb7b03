import { MAX_ISSUES, pointerTo } from '../domain/issues.ts';
import { InvalidRequestError, type Issue, TwinlockError } from '../errors.ts';

/** Objects and arrays within one another. */
export const MAX_DEPTH = 32;

/** Names that turn into something else where an object is copied carelessly. */
const POLLUTING: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** An object or array that is open at this place: where in it we are, and the keys that were met. */
type Frame = { keys: Set<string>; at: string } | { keys: null; at: number };

// A BOM stays in the text, for JSON.parse to refuse (RFC 8259 §8.1).
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads JSON as I-JSON demands (RFC 7493): valid UTF-8, no key twice in an object, and no depth that breaks what comes
 * after. Lone surrogates in escapes pass, against RFC 7493 §2.1: what is stored must come back equal.
 *
 * @param bytes a request's body; time and memory grow in proportion to it
 * @throws TwinlockError `malformed_json`
 * @throws InvalidRequestError with a row for every duplicate or polluting key, or where it is nested too deep
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = decoder.decode(bytes);
    value = JSON.parse(text);
  } catch {
    // Not kept as the cause: its message quotes the text.
    throw new TwinlockError('malformed_json');
  }
  const issues = faultsOf(text);
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return value;
}

/** Walks through a text that JSON.parse has accepted, without recursion. */
function faultsOf(text: string): Issue[] {
  const issues: Issue[] = [];
  const stack: Frame[] = [];
  let expectsKey = false;
  for (let i = 0; i < text.length && issues.length < MAX_ISSUES; i++) {
    const frame = stack.at(-1);
    switch (text.charAt(i)) {
      case '{':
      case '[':
        if (stack.length === MAX_DEPTH) {
          issues.push({ path: pointerOf(stack), message: `is nested more than ${MAX_DEPTH} levels deep` });
          return issues;
        }
        expectsKey = text[i] === '{';
        stack.push(expectsKey ? { keys: new Set(), at: '' } : { keys: null, at: 0 });
        break;
      case '}':
      case ']':
        stack.pop();
        break;
      case ',':
        expectsKey = frame?.keys instanceof Set;
        if (frame?.keys === null) frame.at++;
        break;
      case '"': {
        const end = endOfString(text, i);
        if (expectsKey && frame?.keys instanceof Set) {
          frame.at = keyOf(text.slice(i, end + 1));
          const message = faultOfKey(frame.at, frame.keys);
          if (message !== null) issues.push({ path: pointerOf(stack), message });
          frame.keys.add(frame.at);
          expectsKey = false;
        }
        i = end;
      }
    }
  }
  return issues;
}

/** Where the string that opens at `start` closes. */
function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}

function keyOf(literal: string): string {
  return literal.includes('\\') ? String(JSON.parse(literal)) : literal.slice(1, -1);
}

function faultOfKey(key: string, known: ReadonlySet<string>): string | null {
  if (POLLUTING.has(key)) return 'has a name that is not allowed';
  return known.has(key) ? 'stands more than once' : null;
}

function pointerOf(stack: readonly Frame[]): string {
  return pointerTo(stack.map(({ at }) => at));
}
