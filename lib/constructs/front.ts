import { Validations } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import type { DomainSettings } from '../settings.ts';
import { ApiDomain } from './api-domain.ts';
import { Edge } from './edge.ts';
import { STAGE } from './gateway-limits.ts';
import { WebAcl } from './web-acl.ts';
import type { WebUploadLogs } from './web-upload.ts';

export interface FrontProps {
  readonly name: string;
  readonly api: RestApi;
  readonly waf: boolean;
  /** @default none: the name that API Gateway gives */
  readonly domain: DomainSettings | undefined;
  /** What marks the calls of a distribution. @default none: there is no distribution */
  readonly edgeSecret: string | undefined;
  /** How the upload of a web app is logged, which the distribution serves. @default none: there is no web app */
  readonly webAppLogs: WebUploadLogs | undefined;
}

/** What stands before the API, as the deployment chooses: a web ACL, a name of its own, a distribution. */
export class Front extends Construct {
  /** Where the API is called, with a slash at its end. */
  readonly url: string;
  /** What the domain's name is to be pointed at; undefined where there is no such name. */
  readonly target: string | undefined;
  /** Where the web app is; undefined where there is none. */
  readonly webAppUrl: string | undefined;

  constructor(scope: Construct, id: string, { name, api, waf, domain, edgeSecret, webAppLogs }: FrontProps) {
    super(scope, id);
    this.url = domain === undefined ? api.url : `https://${domain.name}/${STAGE}/`;
    if (waf) new WebAcl(this, 'WebAcl', { api, edgeSecret });
    else acknowledgeOpen(api);
    if (domain === undefined) return;
    const named =
      edgeSecret === undefined
        ? new ApiDomain(this, 'Domain', { api, domain })
        : new Edge(this, 'Edge', { name, api, domain, secret: edgeSecret, webAppLogs });
    this.target = named.target;
    if (webAppLogs !== undefined) this.webAppUrl = `https://${domain.name}/`;
  }
}

function acknowledgeOpen(api: RestApi): void {
  Validations.of(api.deploymentStage).acknowledge({
    id: 'AwsSolutions-APIG3',
    reason: 'The deployment has chosen to go without, as one for development does by default: it costs money.',
  });
}
