/** The frame of every screen beside the roles. */
export const page = {
  back: 'Back to your roles',
};
