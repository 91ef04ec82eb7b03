import { emailMessage } from '../lambda/crypto/password.ts';
import { normaliseEmail } from '../lambda/domain/email.ts';
import { type AccountId, parseId } from '../lambda/domain/ids.ts';
import { EMAIL_MAC_KEY } from '../lambda/usecases/register-account.ts';
import { type Given, UsageError } from './command.ts';
import type { World } from './world.ts';

/** How an account is named, for the commands that are about one. */
export const ACCOUNT_OPTIONS = { 'email-stdin': { type: 'boolean' } } as const;

export const ACCOUNT_HELP = [
  '<id>             the account; or',
  '--email-stdin    its e-mail, from the standard input: an argument would stay in the history of the shell and in the',
  '                 list of processes',
];

/**
 * The account that a command is about.
 *
 * @returns null for an e-mail that leads to none
 * @throws UsageError for no name, two names, or what is neither id nor e-mail
 */
export async function findAccount(world: World, given: Given): Promise<AccountId | null> {
  const { operands, options, ask } = given;
  const byEmail = options['email-stdin'] === true;
  if (operands.length !== (byEmail ? 0 : 1)) throw new UsageError('name one account: by its id, or by --email-stdin');
  if (!byEmail) {
    const id = parseId<AccountId>(operands[0] ?? '');
    // Not repeated: an e-mail may stand there.
    if (id === null) throw new UsageError('that is no id of an account; an e-mail is read by --email-stdin');
    return id;
  }
  const email = normaliseEmail(await ask('E-mail: '));
  if (email === null) throw new UsageError('that is no e-mail address');
  const mac = await world.keys.mac(EMAIL_MAC_KEY, emailMessage(email));
  return (await world.store.get({ kind: 'email', mac }))?.accountId ?? null;
}
