import { DomainName, EndpointType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ApiGatewayDomain } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import type { DomainSettings } from '../settings.ts';
import { aliasRecords } from './alias-records.ts';
import { STAGE, TLS } from './gateway-limits.ts';

export interface ApiDomainProps {
  readonly api: RestApi;
  readonly domain: DomainSettings;
}

/** A name of the deployment's own for the API, by which paths are the contract's. */
export class ApiDomain extends Construct {
  /** What the name is to be pointed at. */
  readonly target: string;

  constructor(scope: Construct, id: string, { api, domain }: ApiDomainProps) {
    super(scope, id);
    const name = new DomainName(this, 'Name', {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      endpointType: EndpointType.REGIONAL,
      ...TLS,
    });
    // The stage's name again, which the mapping would else take out of the path.
    name.addBasePathMapping(api, { basePath: STAGE, stage: api.deploymentStage });
    aliasRecords(this, domain, new ApiGatewayDomain(name), false);
    this.target = name.domainNameAliasDomainName;
  }
}
