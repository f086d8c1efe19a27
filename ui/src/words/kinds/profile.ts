/** AWS profile: its line in the picker, and its form. */
export const profile = {
  title: 'AWS profile',
  about: 'A profile that another tool refreshes. Daypass assumes roles with it',
  intro: 'Daypass gets credentials from this profile when it needs them, and assumes roles with them. It doesn’t copy them, and the other tool still handles the sign-in.',
  fields: {
    profile: {
      label: 'Profile',
      help: 'Its name in your AWS config or credentials file.',
      required: 'Enter the name of an AWS profile, such as default.',
    },
    region: {
      label: 'Region',
      help: 'Where Daypass asks STS. If empty, the profile’s own region.',
    },
  },
};
