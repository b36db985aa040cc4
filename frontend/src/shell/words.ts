const en = {
  update_ready: 'New version ready',
  update_now: 'Refresh',
  update_later: 'Later',
  install_title: 'Keep the studio on your home screen',
  install_text: 'It opens at once, like an app, and takes photos that you share to it.',
  install_go: 'Install',
  install_no: 'Not now',
  install_share: 'Tap Share',
  install_add: 'Choose “Add to Home Screen”',
  install_seen: 'Got it',
  installed: 'Installed. You will find the studio among your apps.',
};

const th: typeof en = {
  update_ready: 'มีเวอร์ชันใหม่',
  update_now: 'รีเฟรช',
  update_later: 'ไว้ทีหลัง',
  install_title: 'เก็บสตูดิโอไว้บนหน้าจอโฮม',
  install_text: 'เปิดได้ทันทีเหมือนแอป และแชร์รูปจากแอปอื่นเข้ามาได้เลย',
  install_go: 'ติดตั้ง',
  install_no: 'ไม่ใช่ตอนนี้',
  install_share: 'แตะแชร์',
  install_add: 'เลือก “เพิ่มไปยังหน้าจอโฮม”',
  install_seen: 'รับทราบ',
  installed: 'ติดตั้งแล้ว หาสตูดิโอได้ในรายการแอป',
};

export const words = { en, th };
