/** bcrypt. */
export interface PasswordHasher {
  /**
   * The hash part of `$2b$` bcrypt: the 31 ASCII bytes behind the salt (184 bits in bcrypt's base 64).
   *
   * @param prehash 64 ASCII characters
   * @param salt 16 bytes
   * @param cost 10 to 14: 2^cost rounds
   */
  tail(prehash: string, salt: Uint8Array, cost: number): Promise<Uint8Array>;
}
