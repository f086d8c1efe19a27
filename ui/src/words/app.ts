/** The window before it has anything to show, and what it says to a screen reader. */
export const app = {
  failed: 'Daypass couldn’t start',
  waits: 'Waiting for your keyring',
  waitsAbout:
    'Your keyring holds the key to your vault. If it asks for a password, enter it there. Then Daypass continues.',
  happened: 'What happened',
};
