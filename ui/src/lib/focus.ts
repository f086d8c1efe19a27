/** Attachments that put the focus where the keys are wanted. */

/** Focuses the element itself. */
export function focusNow(element: HTMLElement): void {
  element.focus();
}

/** Focuses the first thing inside that can be pressed or typed into. */
export function focusFirst(element: HTMLElement): void {
  element.querySelector<HTMLElement>('button:not(:disabled, [tabindex="-1"]), input, select, textarea')?.focus();
}
