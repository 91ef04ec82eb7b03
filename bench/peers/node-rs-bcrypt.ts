import { hashSync } from '@node-rs/bcrypt';
import { decodeBase64 } from 'bcryptjs';
import type { BcryptPeer } from '../sign-in/peer.ts';

/** bcrypt in Rust. It takes the salt as its 16 bytes, and names the version by PHP's 2y, which is OpenBSD's 2b. */
export const peer: BcryptPeer = {
  hash: (password, setting) => {
    const [, , cost, salt = ''] = setting.split('$');
    return hashSync(password, Number(cost), Uint8Array.from(decodeBase64(salt, 16))).replace('$2y$', '$2b$');
  },
};
