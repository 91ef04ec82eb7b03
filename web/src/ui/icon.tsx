/** The mark of the app: two locks' shackles over one case. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M7 15v-4a5 5 0 0 1 10 0v4" />
      <path d="M15 15v-4a5 5 0 0 1 10 0v4" />
      <rect x="4" y="15" width="24" height="13" rx="3" />
    </svg>
  );
}
