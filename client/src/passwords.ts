import type { Secret } from './contract.ts';
import { bytesOf, normaliseEmail } from './email.ts';
import { preparePassword, refusal, stretch } from './stretch.ts';
import type { Stretching } from './types.ts';

/** A password on its way into a body. */
export interface Given {
  readonly password: string;
  /** The account's, however it is spelled. */
  readonly email: string;
  /** Whether it is to be set, and must be strong enough. */
  readonly isNew?: true;
  /** Sent as it is, to an account from before stretching. */
  readonly kind?: 'plain' | undefined;
}

type Fields<F extends string> = { [N in F]: Secret } & {
  passwordKind?: 'stretched-v1';
  currentPasswordKind?: 'stretched-v1';
};

/** Code points of a new password (SP 800-63B-4 §3.1.1.2). */
const MIN_LENGTH = 15;
const MAX_LENGTH = 256;

/** Makes passwords into what is sent in their place. */
export class Passwords {
  readonly #stretching: Stretching | undefined;

  /** @throws TypeError for a service without a name, or with one over 65,535 bytes */
  constructor(stretching: Stretching | undefined) {
    const size = stretching && bytesOf(stretching.service).length;
    if (size === 0 || (size ?? 0) > 0xffff) throw new TypeError('stretching needs the name of the service');
    this.#stretching = stretching;
  }

  get areStretched(): boolean {
    return this.#stretching !== undefined;
  }

  /**
   * The fields of a body that carry passwords, each kind beside its password: the only way of a password to the service.
   *
   * @throws TwinlockError `invalid_request`, `password_too_weak`
   */
  async fields<F extends 'password' | 'currentPassword' | 'newPassword'>(
    given: { readonly [N in F]: Given },
  ): Promise<Fields<F>> {
    const fields: Record<string, string> = {};
    await Promise.all(
      (Object.entries(given) as [F, Given][]).map(async ([name, { password, email, isNew, kind }]) => {
        const stretching = kind === 'plain' ? undefined : this.#stretching;
        fields[name] = stretching ? await secretOf(stretching, password, email, isNew, `/${name}`) : password;
        if (stretching) fields[name === 'currentPassword' ? 'currentPasswordKind' : 'passwordKind'] = 'stretched-v1';
      }),
    );
    // This alone makes a Secret.
    return fields as Fields<F>;
  }
}

async function secretOf(
  { service, judge }: Stretching,
  password: string,
  address: string,
  isNew: boolean | undefined,
  path: string,
): Promise<string> {
  const email = normaliseEmail(address);
  if (email === null) throw refusal('/email', 'is not an e-mail address');
  const prepared = preparePassword(password, path);
  if (isNew) {
    const length = Array.from(prepared).length;
    if (length < MIN_LENGTH) throw tooWeak(path, `must have at least ${MIN_LENGTH} characters`);
    if (length > MAX_LENGTH) throw tooWeak(path, `must have at most ${MAX_LENGTH} characters`);
    if (judge && !(await judge(prepared, email))) throw tooWeak(path, 'is too common, or too much like the e-mail');
  }
  return stretch(prepared, service, email);
}

function tooWeak(path: string, message: string) {
  return refusal(path, message, 'password_too_weak');
}
