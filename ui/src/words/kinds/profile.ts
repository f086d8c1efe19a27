/** AWS profile: its line in the picker, and its form. */
export const profile = {
  title: 'AWS profile',
  about: 'A profile that another tool keeps working, as the start of a chain',
  intro: 'Daypass gets credentials from this profile when it needs them, and assumes roles with them. It copies nothing, and the other tool still handles the sign-in.',
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
