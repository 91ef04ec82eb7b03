import { KmsError } from './errors.ts';

/** Text to text, bound into a ciphertext. */
export type EncryptionContext = Readonly<Record<string, string>>;

type Json = Readonly<Record<string, unknown>>;

/** Everything that a client may send along and that changes nothing here. */
const IGNORED = new Set(['GrantTokens', 'Tags', 'BypassPolicyLockoutSafetyCheck']);

/** A request's parameters, read by the rules of the KMS API reference. */
export class Input {
  readonly #json: Json;

  /** @throws KmsError SerializationException for a body that is no JSON object */
  constructor(body: string) {
    let json: unknown;
    try {
      json = JSON.parse(body === '' ? '{}' : body);
    } catch {
      throw new KmsError('SerializationException', 'The body is not JSON.');
    }
    if (!isJson(json)) throw new KmsError('SerializationException', 'The body is not a JSON object.');
    this.#json = json;
  }

  /** @throws KmsError UnsupportedOperationException for a parameter that would be passed over */
  allow(names: readonly string[]): void {
    const unknown = Object.keys(this.#json).find((name) => !names.includes(name) && !IGNORED.has(name));
    if (unknown !== undefined) {
      throw new KmsError('UnsupportedOperationException', `The local KMS does not take ${unknown}.`);
    }
  }

  /** A text; null when it was not sent. */
  optional(name: string): string | null {
    const value = this.#json[name] ?? null;
    if (value !== null && typeof value !== 'string') throw wrongType(name, 'a string');
    return value;
  }

  /** @param max characters */
  text(name: string, max = 2048): string {
    const value = this.optional(name);
    if (value === null) throw invalid(name, 'must not be null');
    if (value.length === 0 || value.length > max) throw invalid(name, `must have length between 1 and ${max}`);
    return value;
  }

  /** One of some texts, or the default where none was sent. */
  choice<const T extends string>(name: string, choices: readonly T[], absent?: NoInfer<T>): T {
    const value = this.optional(name) ?? absent ?? null;
    if (value === null) throw invalid(name, 'must not be null');
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) throw invalid(name, `must satisfy enum value set: [${choices.join(', ')}]`);
    return chosen;
  }

  /** Bytes, which JSON carries in base64. @param max bytes; at least one is needed */
  blob(name: string, max: number): Buffer {
    const value = this.optional(name);
    if (value === null) throw invalid(name, 'must not be null');
    const bytes = Buffer.from(value, 'base64');
    // Node skips what is no base64.
    if (bytes.toString('base64') !== value) throw wrongType(name, 'base64');
    if (bytes.length === 0 || bytes.length > max) throw invalid(name, `must have length between 1 and ${max}`);
    return bytes;
  }

  /** @param max also what is taken when it was not sent */
  limit(name: string, max: number): number {
    const value = this.#json[name] ?? max;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'an integer');
    if (value < 1 || value > max) throw invalid(name, `must be between 1 and ${max}`);
    return value;
  }

  context(name: string): EncryptionContext {
    const value = this.#json[name] ?? {};
    if (!isTexts(value)) throw wrongType(name, 'a map of strings');
    return value;
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is EncryptionContext {
  return isJson(value) && Object.values(value).every((text) => typeof text === 'string');
}

function invalid(name: string, what: string): KmsError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return new KmsError(
    'ValidationException',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member ${what}`,
  );
}

function wrongType(name: string, type: string): KmsError {
  return new KmsError('SerializationException', `${name} is not ${type}.`);
}
