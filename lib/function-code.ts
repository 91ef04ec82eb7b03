import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type Asset, bundle } from './bundle.ts';

/** A function's code, bundled when the stack is synthesized, and not where that makes no bundles. */
export function functionCode(service: string, assets: readonly Asset[] = []): Code {
  return Code.fromAsset('lambda', {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      local: {
        tryBundle: (folder) => {
          bundle(service, folder, { assets });
          return true;
        },
      },
      // The type asks for it. Nothing is ever run in it, for `bundle` succeeds or throws.
      image: DockerImage.fromRegistry('none'),
      // The CDK takes assets whose options read alike for one.
      environment: { bundle: JSON.stringify([service, assets]) },
    },
  });
}
