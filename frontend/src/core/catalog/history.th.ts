import type { history as english } from './history.en';

export const history: Record<keyof typeof english, string> = {
  history: 'ภาพของคุณ',
  history_all: 'ดูทั้งหมด',
  history_empty: 'ยังไม่มีภาพ มาสร้างภาพแรกกัน',
  history_more: 'แสดงเพิ่ม',
  history_loading: 'กำลังโหลดภาพของคุณ',
  delete: 'ลบ',
  delete_label: 'ลบภาพ: {prompt}',
  deleted: 'ลบแล้ว',
  deleted_many: 'ลบแล้ว {n} ภาพ',
  undo: 'เรียกคืน',
  status_done: 'เสร็จแล้ว',
  status_failed: 'ไม่สำเร็จ',
  status_cancelled: 'ยกเลิกแล้ว',
  status_running: 'กำลังทำ',
  days_left: 'เก็บไว้อีก {d} วัน',
  days_left_none: 'เหลือไม่ถึง 1 วัน',
};
