import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestCookieBehavior,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
  OriginRequestQueryStringBehavior,
  OriginSslPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { EDGE_HEADERS } from '../../lambda/http/route-list.ts';
import type { DomainSettings } from '../settings.ts';
import { aliasRecords } from './alias-records.ts';
import { NAMES_VIEWER, NOTHING_HERE } from './edge-functions.ts';
import { STAGE } from './gateway-limits.ts';
import { WebApp } from './web-app.ts';
import type { WebUploadLogs } from './web-upload.ts';

// Longer than the gateway waits for a function that answers whole; for a streamed answer, from one piece to the next.
const ANSWER_TIMEOUT = Duration.seconds(60);

export interface EdgeProps {
  readonly name: string;
  readonly api: RestApi;
  readonly domain: DomainSettings;
  /** What marks the distribution's calls. */
  readonly secret: string;
  /** How the web app's upload is logged. @default none: there is no web app */
  readonly webAppLogs: WebUploadLogs | undefined;
}

/** The distribution in front: `/v1/*` is the API, and all else the web app, or nothing where there is none. */
export class Edge extends Construct {
  /** What the domain's name is to be pointed at. */
  readonly target: string;

  constructor(scope: Construct, id: string, { name, api, domain, secret, webAppLogs }: EdgeProps) {
    super(scope, id);
    const { region, urlSuffix } = Stack.of(this);
    // No path of the origin's own: the stage's name stands in every path already.
    const origin = new HttpOrigin(`${api.restApiId}.execute-api.${region}.${urlSuffix}`, {
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      readTimeout: ANSWER_TIMEOUT,
      customHeaders: { [EDGE_HEADERS.secret]: secret },
    });
    // Answers are each for one caller, and compressing tokens beside what others choose would tell of them.
    const common = {
      origin,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      compress: false,
    };
    // CloudFront's names know no region, in which the same stage may stand twice.
    const globalName = `${name}-${region}`;
    const webApp = webAppLogs && new WebApp(this, 'WebApp', { name: globalName, logs: webAppLogs });
    const distribution = new Distribution(this, 'Distribution', {
      comment: name,
      domainNames: [domain.name],
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: HttpVersion.HTTP2_AND_3,
      // Europe and North America: cheapest, and callers elsewhere still reach it.
      priceClass: PriceClass.PRICE_CLASS_100,
      enableLogging: false,
      ...(webApp === undefined
        ? { defaultBehavior: { ...common, functionAssociations: [this.atRequest('Nothing', NOTHING_HERE)] } }
        : { defaultBehavior: webApp.behavior, defaultRootObject: 'index.html' }),
      additionalBehaviors: {
        [`/${STAGE}/*`]: {
          ...common,
          originRequestPolicy: this.wholeRequest(globalName),
          responseHeadersPolicy: this.securityHeaders(globalName),
          functionAssociations: [this.atRequest('Viewer', NAMES_VIEWER)],
        },
      },
    });
    aliasRecords(this, domain, new CloudFrontTarget(distribution), true);
    this.target = distribution.distributionDomainName;
    acknowledge(distribution);
    if (webApp !== undefined) acknowledgeListing(distribution);
  }

  private atRequest(id: string, code: string) {
    const options = { code: FunctionCode.fromInline(code), runtime: FunctionRuntime.JS_2_0 };
    return { eventType: FunctionEventType.VIEWER_REQUEST, function: new EdgeFunction(this, id, options) };
  }

  /** All that the caller sent, but the host, by which API Gateway finds the API, and cookies, which it has none of. */
  private wholeRequest(originRequestPolicyName: string): OriginRequestPolicy {
    return new OriginRequestPolicy(this, 'Request', {
      originRequestPolicyName,
      headerBehavior: OriginRequestHeaderBehavior.denyList('host'),
      queryStringBehavior: OriginRequestQueryStringBehavior.all(),
      cookieBehavior: OriginRequestCookieBehavior.none(),
    });
  }

  private securityHeaders(responseHeadersPolicyName: string): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'Answer', {
      responseHeadersPolicyName,
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'", override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(730),
          includeSubdomains: true,
          override: true,
        },
      },
    });
  }
}

function acknowledge(distribution: Distribution): void {
  Validations.of(distribution).acknowledge(
    { id: 'AwsSolutions-CFR1', reason: 'Where callers may be is nothing that this service decides.' },
    {
      id: 'AwsSolutions-CFR2',
      reason:
        'The web ACL stands before the API, and counts by the address that the distribution names. Beside the API there are ' +
        'files at most. One of CloudFront would have to live in us-east-1, wherever the stack is.',
    },
    { id: 'AwsSolutions-CFR3', reason: 'Its logs hold addresses and user agents; those of the API hold neither.' },
  );
}

function acknowledgeListing(distribution: Distribution): void {
  Validations.of(distribution).acknowledge({
    id: 'Annotation::@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk',
    reason: 'The distribution has a default root object, and hands on no query.',
  });
}
