import type { network as english } from './network.en';

export const network: Record<keyof typeof english, string> = {
  waiting_network: 'รอสัญญาณอินเทอร์เน็ต กลับมาเมื่อไรจะส่งให้เอง',
  waiting_session: 'หมดเวลาใช้งานแล้ว กดใช้ต่อแล้วจะส่งให้เอง',
  session_ended: 'หมดเวลาใช้งานแล้ว',
  session_go_on: 'ใช้ต่อ',
  cancel_wait: 'ไม่รอแล้ว',
};
