import { Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/**
 * What the distribution adds to its calls, so that the API tells them from others. It opens nothing: who has it can call
 * past the distribution and name any address as theirs, which evades what counts tries by source.
 *
 * AWS makes it when the stack is deployed, and puts it into the distribution, the web ACL and the functions' environment:
 * the template has only a reference. Whoever may read the distribution's configuration reads it there, so that to hide it
 * from those who may read a function's would add nothing, and a look-up at cold start a call and a permission.
 */
export class EdgeSecret extends Construct {
  /** A reference that CloudFormation resolves. */
  readonly reference: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: "Tells the distribution's calls to the API from others.",
      // 62 possible characters each, all of them fit for a header: 380 bits.
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    this.reference = secret.secretValue.unsafeUnwrap();
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'CloudFormation resolves it when a resource that names it changes, not when it rotates: a rotation by itself would ' +
        'part the distribution from the API. docs/operations.md tells how it is replaced.',
    });
  }
}
