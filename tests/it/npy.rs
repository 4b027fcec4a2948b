//! Reads the NumPy files that we write. `ndarray-npy` would do it, but its features make cargo build rust-bert twice.

use ndarray::Array2;

pub fn read(bytes: &[u8]) -> Array2<f32> {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..start]).unwrap();
    assert!(header.contains("'descr': '<f4'") && header.contains("'fortran_order': False"), "{header}");
    let shape = header.split_once("'shape': (").unwrap().1.split_once(')').unwrap().0;
    let (rows, columns) = shape.split_once(", ").unwrap();
    let numbers = bytes[start..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
    Array2::from_shape_vec((rows.parse().unwrap(), columns.parse().unwrap()), numbers.collect()).unwrap()
}
