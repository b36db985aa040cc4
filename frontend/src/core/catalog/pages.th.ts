import type { pages as english } from './pages.en';

export const pages: Record<keyof typeof english, string> = {
  account: 'บัญชี',
  way_studio: 'สร้างภาพ',
  way_history: 'ประวัติ',
  ways: 'เมนู',
  skip_to_main: 'ข้ามไปที่เนื้อหา',
  shared_missing: 'รูปที่แชร์มายังไม่ถึง เพิ่มรูปตรงนี้ได้เลย',
  lost_title: 'โหลดหน้านี้ไม่ได้',
  lost_text: 'ตอนนี้ไม่มีสัญญาณ พอกลับมาแล้วหน้านี้จะเปิดเอง',
  old_title: 'มีเวอร์ชันใหม่',
  old_text: 'หน้านี้เป็นเวอร์ชันก่อน รีเฟรชได้เลย รูปกับข้อความยังอยู่',
  old_refresh: 'รีเฟรช',
};
