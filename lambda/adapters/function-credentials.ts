import type { AwsCredentialIdentityProvider } from '@smithy/types';

/**
 * What stands in a function's bundle for the SDK's own chain of providers: Lambda gives a function its role's credentials
 * by three variables that stay as they are for as long as it runs (Lambda Developer Guide, "Defined runtime environment
 * variables"). The chain, which would look for profiles, sign-ins and metadata services, is a sixth of a bundle.
 *
 * @throws Error where a variable is missing
 */
export function defaultProvider(): AwsCredentialIdentityProvider {
  return () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = process.env;
    if (!accessKeyId || !secretAccessKey) return Promise.reject(new Error('the environment has no credentials'));
    const session = AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {};
    return Promise.resolve({ accessKeyId, secretAccessKey, ...session });
  };
}
