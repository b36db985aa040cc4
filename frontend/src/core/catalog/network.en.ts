export const network = {
  waiting_network: 'Waiting for the connection. It will go by itself.',
  cancel_wait: 'Cancel the wait',
} as const;
