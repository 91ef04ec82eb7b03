import { createCipheriv, createHash, randomBytes } from 'node:crypto';

/** All that a reader may allow, for who has the password is the owner (ISO 32000-2 table 22). */
const ALL_PERMISSIONS = -4;

const ROUNDS = 64;

/** An object of a document, which is written when it ends. */
interface DocumentObject {
  end(data?: Uint8Array): unknown;
}

/** What pdfkit asks of the object that encrypts a document. */
export interface Encryption {
  readonly dictionary: DocumentObject;
  /** Encrypts a string or a stream: each under an IV of its own. */
  getEncryptFn(): (bytes: Uint8Array) => Uint8Array;
  end(): void;
}

/**
 * The standard security handler of revision 6 (ISO 32000-2 §7.6.4): AES-256, the key under the password's hash.
 *
 * pdfkit has revision 5 alone, deprecated since its hash is a single SHA-256: passwords are guessed thousands of times
 * as fast.
 *
 * @param password as `isOpenPassword` allows it
 * @param ref makes an object of the document
 */
export function encryption(password: string, ref: (data: object) => DocumentObject): Encryption {
  const secret = Buffer.from(password.normalize('NFC'));
  const key = randomBytes(32);
  const user = entries(secret, key, Buffer.alloc(0));
  const owner = entries(secret, key, user.check);
  const dictionary = ref({
    Filter: 'Standard',
    V: 5,
    R: 6,
    Length: 256,
    CF: { StdCF: { AuthEvent: 'DocOpen', CFM: 'AESV3', Length: 32 } },
    StmF: 'StdCF',
    StrF: 'StdCF',
    U: bytes(user.check),
    UE: bytes(user.wrapped),
    O: bytes(owner.check),
    OE: bytes(owner.wrapped),
    P: ALL_PERMISSIONS,
    Perms: bytes(sealedPermissions(key)),
    EncryptMetadata: true,
  });
  return {
    dictionary,
    getEncryptFn: () => (plain) => {
      const iv = randomBytes(16);
      const cipher = createCipheriv('aes-256-cbc', key, iv);
      return bytes(Buffer.concat([iv, cipher.update(plain), cipher.final()]));
    },
    end: () => {
      dictionary.end();
    },
  };
}

/** The 48 bytes that a password is checked against, and the 32 in which it wraps the key (algorithms 8 and 9). */
function entries(secret: Buffer, key: Buffer, user: Buffer): { readonly check: Buffer; readonly wrapped: Buffer } {
  const checkSalt = randomBytes(8);
  const keySalt = randomBytes(8);
  const check = Buffer.concat([hash(secret, checkSalt, user), checkSalt, keySalt]);
  const cipher = createCipheriv('aes-256-cbc', hash(secret, keySalt, user), Buffer.alloc(16));
  return { check, wrapped: cipher.setAutoPadding(false).update(key) };
}

/** The hash of a password, 32 bytes (algorithm 2.B). @param user the user's check when it is the owner's hash */
function hash(secret: Buffer, salt: Buffer, user: Buffer): Buffer {
  let k = createHash('sha256').update(secret).update(salt).update(user).digest();
  for (let round = 1; ; round++) {
    const block = Buffer.concat([secret, k, user]);
    const repeated = Buffer.alloc(block.length * 64, block);
    const cipher = createCipheriv('aes-128-cbc', k.subarray(0, 16), k.subarray(16, 32)).setAutoPadding(false);
    const e = cipher.update(repeated);
    // The first 16 bytes as a number modulo 3: 256 leaves 1, so their sum does.
    const remainder = e.subarray(0, 16).reduce((sum, byte) => sum + byte, 0) % 3;
    const name = remainder === 0 ? 'sha256' : remainder === 1 ? 'sha384' : 'sha512';
    k = createHash(name).update(e).digest();
    if (round >= ROUNDS && (e.at(-1) ?? 0) <= round - 32) return k.subarray(0, 32);
  }
}

/** The permissions again, under the key, so that a change of them shows (algorithm 10). */
function sealedPermissions(key: Buffer): Buffer {
  const plain = Buffer.alloc(16, 0xff);
  plain.writeInt32LE(ALL_PERMISSIONS, 0);
  plain.write('Tadb', 8);
  randomBytes(4).copy(plain, 12);
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(plain);
}

/** As pdfkit takes them: bytes that are no `Buffer`. */
function bytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
