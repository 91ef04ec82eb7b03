import { hashSync } from '@node-rs/bcrypt';
import type { BcryptPeer } from '../sign-in/peer.ts';

/** bcrypt in Rust. */
export const peer: BcryptPeer = {
  hash: (password, setting) => hashSync(password, { salt: setting }),
};
