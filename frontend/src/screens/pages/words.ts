const en = {
  not_found_title: 'There is nothing at this address',
  not_found_text: 'The link may be old, or a letter is missing.',
  to_studio: 'Go to the studio',
  to_history: 'See your pictures',
  maintenance_title: 'We’re tidying up',
  maintenance_text: 'The studio will be back soon.',
  maintenance_until: 'Back at about {time}.',
  maintenance_safe: 'Your draft is safe. This page opens by itself when we are back.',
};

const th: typeof en = {
  not_found_title: 'ไม่มีหน้านี้',
  not_found_text: 'ลิงก์อาจเก่าแล้ว หรือพิมพ์ตกไปบางตัว',
  to_studio: 'กลับไปสร้างภาพ',
  to_history: 'ดูภาพของคุณ',
  maintenance_title: 'ปิดปรับปรุงชั่วคราว',
  maintenance_text: 'อีกสักครู่จะเปิดให้ใช้เหมือนเดิม',
  maintenance_until: 'เปิดอีกครั้งราว {time}',
  maintenance_safe: 'รูปและข้อความยังอยู่ครบ พอเปิดแล้วหน้านี้จะกลับมาเอง',
};

export const words = { en, th };
