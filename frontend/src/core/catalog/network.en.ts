export const network = {
  waiting_network: 'Waiting for the connection. It will go by itself.',
  waiting_session: 'Your session has ended. It will go by itself once you go on.',
  session_ended: 'Your session has ended.',
  session_go_on: 'Go on',
  cancel_wait: 'Cancel the wait',
} as const;
