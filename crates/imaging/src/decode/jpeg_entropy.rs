//! The entropy-coded bits of a baseline JPEG (ITU-T T.81, annexes C and F): Huffman codes to coefficients.
//!
//! Reading past the end of the data is noticed: what is not there is read as zeroes, as T.81 allows a decoder
//! to look ahead, but a block that was made of them is an error.

/// Bits that one look into a table takes. Longer codes are rare.
const LOOK: u32 = 10;

/// A coding table.
pub(super) struct Huffman {
    /// By the next [`LOOK`] bits: the code's length in the upper byte and its symbol; 0 for a longer code.
    codes: Vec<u16>,
    /// As `codes`, for a code together with the number that follows it: the number in the upper 16 bits, the
    /// run of zeroes before it, and the bits of both in the lower byte; 0 when they do not fit.
    whole: Vec<u32>,
    /// By length: the first code beyond those of this length, left-aligned in 16 bits.
    limits: [u32; 17],
    /// By length: what to add to a code for the index of its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// A table from the number of codes of each length and the symbols in order (T.81, annex C); `None` when
    /// the lengths make no code.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Huffman {
            codes: vec![0; 1 << LOOK],
            whole: vec![0; 1 << LOOK],
            limits: [0; 17],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut index) = (0u32, 0usize);
        for length in 1..=16u32 {
            let count = usize::from(counts[length as usize - 1]);
            table.offsets[length as usize] = index as i32 - code as i32;
            for symbol in symbols.get(index..index + count)? {
                if length <= LOOK {
                    let first = (code << (LOOK - length)) as usize;
                    let entries = table.codes.get_mut(first..first + (1 << (LOOK - length)))?;
                    entries.fill((length << 8) as u16 | u16::from(*symbol));
                }
                code += 1;
            }
            if code > 1 << length {
                return None;
            }
            index += count;
            table.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        table.join_numbers();
        Some(table)
    }

    fn join_numbers(&mut self) {
        for (bits, entry) in self.whole.iter_mut().enumerate() {
            let code = self.codes[bits];
            let (length, run, size) = (u32::from(code >> 8), u32::from(code >> 4 & 15), u32::from(code & 15));
            if length == 0 || size == 0 || length + size > LOOK {
                continue;
            }
            let number = (bits as u32 >> (LOOK - length - size)) & ((1 << size) - 1);
            *entry = (extend(number, size) as i16 as u16 as u32) << 16 | run << 8 | (length + size);
        }
    }
}

/// A number of `size` bits, of which the lower half stands for negative ones (T.81, figure F.12).
fn extend(number: u32, size: u32) -> i32 {
    let half = 1 << (size - 1);
    if number < half { number as i32 - (1 << size) + 1 } else { number as i32 }
}

/// The position of the coefficients in a block by their order in the file (T.81, figure A.6).
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A reader of the bits of one scan.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, from the top. Below the first `count` there may be more of the same data.
    buffer: u64,
    count: u32,
    /// How many bits at the end of the buffer are not in the file.
    missing: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Bits { data, at: 0, buffer: 0, count: 0, missing: 0 }
    }

    /// Makes at least 48 bits ready.
    #[inline(always)]
    fn fill(&mut self) {
        if self.count >= 48 {
            return;
        }
        if let Some(next) = self.data.get(self.at..self.at + 8) {
            let next = u64::from_be_bytes(next.try_into().unwrap_or_default());
            // Does any byte have all bits set? Such a byte is followed by a stuffed zero, or is a marker.
            let none = !next;
            if none.wrapping_sub(0x0101_0101_0101_0101) & next & 0x8080_8080_8080_8080 == 0 {
                self.buffer |= next >> self.count;
                let bytes = (64 - self.count) / 8;
                self.at += bytes as usize;
                self.count += bytes * 8;
                return;
            }
        }
        self.fill_bytewise();
    }

    #[inline(never)]
    fn fill_bytewise(&mut self) {
        while self.count <= 56 {
            let byte = match self.data.get(self.at..) {
                Some([0xFF, 0, ..]) => {
                    self.at += 2;
                    0xFF
                }
                Some([0xFF, ..] | []) | None => {
                    self.missing += 8;
                    0
                }
                Some([byte, ..]) => {
                    self.at += 1;
                    *byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    #[inline(always)]
    fn peek(&self, bits: u32) -> u32 {
        (self.buffer >> (64 - bits)) as u32
    }

    #[inline(always)]
    fn skip(&mut self, bits: u32) {
        self.buffer <<= bits;
        self.count -= bits;
    }

    /// Whether bits were used that are not in the file.
    pub(super) fn overrun(&self) -> bool {
        self.count < self.missing
    }

    /// Goes on after the next restart marker; `None` when something else comes first.
    pub(super) fn restart(&mut self) -> Option<()> {
        // Whole bytes that were looked at but belong behind the marker cannot be: the reader stops at markers.
        (self.buffer, self.count, self.missing) = (0, 0, 0);
        while self.data.get(self.at..self.at + 2)? == [0xFF, 0xFF] {
            self.at += 1;
        }
        let marker = self.data.get(self.at..self.at + 2)?;
        if marker[0] != 0xFF || !matches!(marker[1], 0xD0..=0xD7) {
            return None;
        }
        self.at += 2;
        Some(())
    }

    /// A code's symbol; the bits must have been filled.
    #[inline(always)]
    fn symbol(&mut self, table: &Huffman) -> Option<u8> {
        let entry = table.codes[self.peek(LOOK) as usize];
        if entry != 0 {
            self.skip(u32::from(entry >> 8));
            return Some(entry as u8);
        }
        self.long_symbol(table)
    }

    #[inline(never)]
    fn long_symbol(&mut self, table: &Huffman) -> Option<u8> {
        let next = self.peek(16);
        let length = (LOOK + 1..=16).find(|length| next < table.limits[*length as usize])?;
        let index = (next >> (16 - length)) as i32 + table.offsets[length as usize];
        self.skip(length);
        table.symbols.get(usize::try_from(index).ok()?).copied()
    }

    #[inline(always)]
    fn number(&mut self, size: u32) -> i32 {
        if size == 0 {
            return 0;
        }
        let number = self.peek(size);
        self.skip(size);
        extend(number, size)
    }

    /// Reads one block: `mean` is the running mean (DC) of the component, `scale` what each coefficient is
    /// multiplied by, in the order of the file. Coefficients not read stay as they are in `block`, which must
    /// be zeroes. Returns the place in the file's order of the last one read; `None` when a code is wrong.
    #[inline(always)]
    pub(super) fn block(
        &mut self,
        means: &Huffman,
        others: &Huffman,
        mean: &mut i32,
        scale: &[f32; 64],
        block: &mut [f32; 64],
    ) -> Option<usize> {
        self.fill();
        let size = u32::from(self.symbol(means)?);
        if size > 11 {
            return None;
        }
        *mean = mean.wrapping_add(self.number(size));
        block[0] = *mean as f32 * scale[0];
        let (mut at, mut last) = (1, 0);
        while at < 64 {
            self.fill();
            let entry = others.whole[self.peek(LOOK) as usize];
            let value;
            if entry != 0 {
                at += (entry >> 8 & 0xFF) as usize;
                value = i32::from((entry >> 16) as u16 as i16);
                self.skip(entry & 0xFF);
            } else {
                let symbol = self.symbol(others)?;
                let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
                if size == 0 {
                    if run != 15 {
                        break;
                    }
                    at += 16;
                    continue;
                }
                at += run;
                value = self.number(size);
            }
            let place = usize::from(*ZIGZAG.get(at)?);
            block[place & 63] = value as f32 * scale[at & 63];
            last = at;
            at += 1;
        }
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T.81, table K.3: mean differences of luma.
    fn means() -> Huffman {
        Huffman::new(
            &[0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
            &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        )
        .unwrap()
    }

    /// A run of three zeroes and a number of two bits, or the end of the block.
    fn others() -> Huffman {
        Huffman::new(&[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0x00, 0x32]).unwrap()
    }

    #[test]
    fn numbers_follow_figure_f_12() {
        assert_eq!(
            [extend(0, 1), extend(1, 1), extend(0, 2), extend(1, 2), extend(3, 2)],
            [-1, 1, -3, -2, 3]
        );
    }

    #[test]
    fn a_block_is_read() {
        // Mean: size 2 is 011, number 11 is 3. Then 10 and 01 is -2 after three zeroes; then 0 ends the block.
        let data = [0b0111_1100, 0b1011_1111];
        let (mut bits, mut mean, mut block) = (Bits::new(&data), 5, [0.0; 64]);
        let last = bits.block(&means(), &others(), &mut mean, &[2.0; 64], &mut block);
        assert_eq!((last, mean, block[0], block[usize::from(ZIGZAG[4])]), (Some(4), 8, 16.0, -4.0));
        assert!(!bits.overrun());
        assert!(
            bits.block(&means(), &others(), &mut mean, &[2.0; 64], &mut [0.0; 64]).is_none()
                || bits.overrun()
        );
    }

    #[test]
    fn lengths_that_make_no_code_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Huffman::new(&counts, &[1, 2, 3]).is_none());
        counts[0] = 2;
        assert!(Huffman::new(&counts, &[1]).is_none());
    }

    #[test]
    fn stuffed_bytes_are_one_byte() {
        let mut data = vec![];
        for i in 0..40u8 {
            data.extend(if i % 3 == 0 { vec![0xFF, 0x00] } else { vec![i] });
        }
        let mut bits = Bits::new(&data);
        for i in 0..40u32 {
            bits.fill();
            assert_eq!(bits.peek(8), if i % 3 == 0 { 0xFF } else { i });
            bits.skip(8);
        }
        assert!(!bits.overrun());
        bits.fill();
        bits.skip(1);
        assert!(bits.overrun());
    }
}
