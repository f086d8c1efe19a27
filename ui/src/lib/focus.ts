/** Attachments that put the focus where the keys are wanted. */
import { tick } from 'svelte';

/** Focuses the element itself. */
export function focusNow(element: HTMLElement): void {
  element.focus();
}

/** Focuses the first thing inside that can be pressed or typed into. */
export function focusFirst(element: HTMLElement): void {
  element.querySelector<HTMLElement>('button:not(:disabled, [tabindex="-1"]), input, select, textarea')?.focus();
}

/** Once the page is drawn again, focuses the first of these within an element that is there. */
export function focusWithin(within: () => HTMLElement | undefined, ...selectors: string[]): void {
  void tick().then(() => {
    const found = selectors.map((selector) => within()?.querySelector<HTMLElement>(selector)).find(Boolean);
    found?.focus();
  });
}
