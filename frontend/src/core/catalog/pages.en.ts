export const pages = {
  account: 'Account',
  way_studio: 'Create',
  way_history: 'History',
  ways: 'Screens',
  skip_to_main: 'Skip to the content',
  shared_missing: 'The photo that you shared did not arrive. You can add it here.',
  lost_title: 'This page did not load',
  lost_text: 'There is no connection. It opens by itself as soon as there is one.',
  old_title: 'There’s a newer version',
  old_text: 'This page belongs to the one before. Your draft stays when you refresh.',
  old_refresh: 'Refresh',
} as const;
