import type { network as english } from './network.en';

export const network: Record<keyof typeof english, string> = {
  waiting_network: 'รอสัญญาณอินเทอร์เน็ต กลับมาเมื่อไรจะส่งให้เอง',
  cancel_wait: 'ไม่รอแล้ว',
};
