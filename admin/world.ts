import type { RandomBytes } from '../lambda/crypto/bytes.ts';
import type { KeyService } from '../lambda/ports/key-service.ts';
import type { ObjectStore } from '../lambda/ports/object-store.ts';
import type { Clock, Sleep, Telemetry } from '../lambda/ports/system.ts';
import type { TableScan } from '../lambda/ports/table-scan.ts';
import type { VaultStore } from '../lambda/ports/vault-store.ts';
import type { WrapMover } from '../lambda/ports/wrap-mover.ts';
import type { WrapWriter } from '../lambda/ports/wrap-writer.ts';

/** A deployment, as the operator's commands reach it. */
export interface World {
  readonly table: string;
  readonly store: VaultStore;
  readonly scan: TableScan;
  readonly objects: ObjectStore;
  readonly keys: KeyService;
  readonly mover: WrapMover;
  readonly wraps: WrapWriter;
  /** ARNs of the wrap keys, oldest first. */
  readonly wrapKeys: readonly string[];
  /** How many MAC keys there are: the highest pepper. */
  readonly macKeys: number;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly random: RandomBytes;
  /** Counts what use cases count; an operator's run is no function, and no alarm hears it. */
  readonly telemetry: Telemetry;
  /** Another table beside this one, to read from. */
  beside(table: string): Pick<World, 'store' | 'scan'>;
  /** Ends all connections. */
  close(): void;
}

/** How a wrap key is called in reports: its place among the wrap keys from 1; null for another one. */
export function keyNumber({ wrapKeys }: Pick<World, 'wrapKeys'>, arn: string): number | null {
  const place = wrapKeys.indexOf(arn);
  return place < 0 ? null : place + 1;
}
