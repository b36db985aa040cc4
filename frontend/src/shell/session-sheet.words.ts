import type { AreaWords } from '../ui/area-words';

type Key = 'title' | 'safe' | 'guest' | 'go' | 'later' | 'back';

export const words: AreaWords<Key> = {
  en: {
    title: 'Your session has ended',
    safe: 'Your photo and text are safe.',
    guest:
      'You were here as a guest. If you go on, you are a new guest: the pictures made so far stay with the old one and can’t be opened from here.',
    go: 'Go on',
    later: 'Not now',
    back: 'You can go on.',
  },
  th: {
    title: 'หมดเวลาใช้งานแล้ว',
    safe: 'รูปกับข้อความของคุณยังอยู่',
    guest: 'คุณใช้งานโดยไม่มีบัญชี ถ้าใช้ต่อระบบจะนับเป็นผู้ใช้ใหม่ ภาพที่สร้างไว้ก่อนหน้านี้จะเปิดจากที่นี่ไม่ได้อีก',
    go: 'ใช้ต่อ',
    later: 'ไว้ก่อน',
    back: 'ใช้ต่อได้แล้ว',
  },
};
