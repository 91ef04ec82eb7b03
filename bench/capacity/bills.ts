import { BEHAVIOUR, PRICE, REWRAP } from './assumed.ts';
import { costOfStanding, costOfUsers, type Line, requestsOf, totalOf } from './cost.ts';
import { dollars, grouped, lasting, plain, table } from './markdown.ts';
import { type Measured, OPERATIONS } from './measured.ts';

/** What users are taken to do. */
export function behaviour(): string {
  const rows = OPERATIONS.map((name) => [name, BEHAVIOUR[name]]);
  return table(['operation', 'times a month'], [...rows, ['requests in all', requestsOf()]]);
}

/** What is paid for, with the arithmetic. */
export function bill(lines: readonly Line[]): string {
  const rows = lines.map(({ what, amount, price }) => [
    what,
    grouped(amount),
    `$${plain(price)}`,
    dollars(amount * price),
  ]);
  return table(
    ['what', 'how much', 'each', 'a month'],
    [...rows, ['**in all**', '', '', `**${dollars(totalOf(lines))}**`]],
  );
}

/** What deployments of several sizes cost. */
export function costs(measured: Measured): string {
  const standing = totalOf(costOfStanding(measured));
  const rows = [1_000, 10_000, 100_000, 1_000_000, 10_000_000].map((users) => {
    const used = totalOf(costOfUsers(measured, users));
    const all = used + standing;
    return [grouped(users), dollars(standing), dollars(used), dollars(all), dollars((all / users) * 1_000)];
  });
  return table(['users', 'standing', 'used', 'in all', 'per 1,000 users'], rows);
}

/** How long the outer wraps take to move to another key, and what it costs. */
export function rewrap(): string {
  const calls = REWRAP.wraps * REWRAP.callsEach + REWRAP.callsAnAccount;
  const rates = [50, 1_000, 10_000];
  const rows = [10_000, 1e6, 2.5e7].map((accounts) => [
    grouped(accounts),
    ...rates.map((rate) => lasting((accounts * calls) / rate)),
    dollars(accounts * calls * PRICE.kmsRequest),
  ]);
  return table(['accounts', ...rates.map((rate) => `at ${grouped(rate)} calls a second`), 'KMS'], rows);
}
