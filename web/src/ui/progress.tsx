import { useId } from 'preact/hooks';

/** How far something has come; `value` from 0 to 1, null while that is unknown. */
export function Progress({ label, value }: { label: string; value: number | null }) {
  const id = useId();
  return (
    <div class="progress">
      <label for={id}>{label}</label>
      <progress id={id} max={1} {...(value === null ? {} : { value })} />
    </div>
  );
}
