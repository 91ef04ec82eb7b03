/** bcrypt by another library. */
export interface BcryptPeer {
  /** @param setting `$2b$<cost>$<salt>`; @returns 60 characters, the setting first */
  hash(password: string, setting: string): string;
}
