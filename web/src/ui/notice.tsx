import type { ComponentChildren } from 'preact';

/** Something to be seen and heard: `bad` interrupts, the others wait for their turn. */
export function Notice({ kind, children }: { kind: 'good' | 'bad' | 'warn' | 'plain'; children: ComponentChildren }) {
  return (
    <div class={`notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
