import { execFileSync } from 'node:child_process';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import type { AssetProps } from 'aws-cdk-lib/aws-s3-assets';

/** The web app, built when the stack is synthesized, and not where that makes no bundles. */
export const WEB_APP: AssetProps = {
  path: 'web',
  // Of what comes out: the client, which goes into it, lies elsewhere.
  assetHashType: AssetHashType.OUTPUT,
  bundling: {
    local: { tryBundle: build },
    // The type asks for it. Nothing is ever run in it, for `build` succeeds or throws.
    image: DockerImage.fromRegistry('none'),
  },
};

/** @throws Error where the build fails, whose own words are on stderr */
function build(folder: string): true {
  const vite = ['node_modules/vite/bin/vite.js', 'build', 'web', '--outDir', folder, '--emptyOutDir'];
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync(process.execPath, [...vite, '--logLevel', 'warn'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return true;
}
