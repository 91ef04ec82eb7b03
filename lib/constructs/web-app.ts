import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccessLevel,
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  Signing,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PAGE_HEADERS } from '../../web/headers.ts';
import { WebUpload, type WebUploadLogs } from './web-upload.ts';

export interface WebAppProps {
  /** Unlike any other in the AWS account. */
  readonly name: string;
  readonly logs: WebUploadLogs;
}

/** The web app's files: a bucket that CloudFront alone reads, and how it answers with what lies there. */
export class WebApp extends Construct {
  /** Where no other behaviour is. */
  readonly behavior: BehaviorOptions;

  constructor(scope: Construct, id: string, { name, logs }: WebAppProps) {
    super(scope, id);
    const bucket = this.files();
    const originAccessControl = new S3OriginAccessControl(this, 'Access', {
      originAccessControlName: name,
      signing: Signing.SIGV4_ALWAYS,
    });
    this.behavior = {
      origin: S3BucketOrigin.withOriginAccessControl(bucket, {
        originAccessControl,
        // Listing, so that S3 says 404 of what is not there, and not 403. The distribution hands on no query, and so no
        // request for a list.
        originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
      }),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
      // By each file's own cache-control: the hashed ones for a year, the page for a second.
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      responseHeadersPolicy: this.headers(`${name}-web`),
      // Alike for everyone: their length tells nothing.
      compress: true,
    };
    new WebUpload(this, 'Upload', { bucket, logs });
  }

  /**
   * Under a key of S3's own, not the data key: what lies here anyone may read. A deployment brings it again, so it has no
   * versions. It stays when the stack goes, for CloudFormation removes no bucket that has something in it.
   */
  private files(): IBucket {
    const bucket = new Bucket(this, 'Files', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [{ id: 'tidy', abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'CloudFront alone reads it, and nothing in it is of any user: the log would tell what was not cached.',
    });
    // The class lets a property be undefined that the interface lets be left out.
    return bucket as IBucket;
  }

  private headers(responseHeadersPolicyName: string): ResponseHeadersPolicy {
    const custom = [
      'permissions-policy',
      'cross-origin-opener-policy',
      'cross-origin-resource-policy',
    ] as const satisfies (keyof typeof PAGE_HEADERS)[];
    return new ResponseHeadersPolicy(this, 'Headers', {
      responseHeadersPolicyName,
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: PAGE_HEADERS['content-security-policy'], override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption[PAGE_HEADERS['x-frame-options']], override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(730), includeSubdomains: true, override: true },
      },
      customHeadersBehavior: {
        customHeaders: custom.map((header) => ({ header, value: PAGE_HEADERS[header], override: true })),
      },
    });
  }
}
