// What the service's files need of Node from which types alone are taken. The client itself has neither: a test sees to it.

declare module 'node:url' {
  export function domainToASCII(domain: string): string;
}

declare const Buffer: { byteLength(text: string): number };
