// SPDX-License-Identifier: GPL-2.0

//! What the programs that the kernel's build runs make of some calls, as a kernel has many of them.

use super::*;

/// Calls of one function from everywhere, which the filter for x86-64 in xz makes all the same.
fn calls() -> Vec<u8> {
    let mut code: Vec<u8> = Vec::new();
    for i in 0..40 {
        let distance = 0x2000 - (code.len() as i32 + 5);
        code.push(0xe8);
        code.extend(distance.to_le_bytes());
        code.resize(code.len() + i % 7, 0x90);
    }
    code
}

/// `xz --check=crc32 --threads=1 --x86 --lzma2=dict=128MiB`.
const XZ: &str = "\
    fd377a585a0000016922de360201040021011e00050cecd7e0013a00175d0073ffffe00c42a12eafb3db32c7864ef72c\
    97a4ba37bf00000045cf263a00012fbb02000000b092b1f83e300d8b020000000001595a";

/// `lz4 -l -9 - -`.
const LZ4: &str = "\
    02214c18b9000000d0e8fb1f0000e8f61f000090e8f006003190e8e907003290e8e108003390e8d809003490e8ce0a00\
    3090e8c3380011be380012b8380013b1380014a9380015a0380016963800108b38001186380012803800137938001471\
    380015683800165e380010533800114e38001248380013413800143938001530380016263800101b3800111638001210\
    3800130938001401380024f81e380025ee1e380060e31e0000e8de100021e8d8160022e8d11d0090e8c91e0000909090\
    90";

/// `bzip2 -9`.
const BZIP2: &str = "\
    425a68393141592653597a7372c900009afffff020410981004020204108010040202041084100402020410821204128\
    6141482000954413d54d3432620d310c13d353da4d024d5281a000000000550a905050582c160b4900d2aaa89e121211\
    651868efebe7e7e5aacbdbd2ec1ab75f9ba1867a3f56b9f08ac358ecf23352027b241555555145145146924a4a7ee54a\
    c680301a00c068181081204080f811ee2ee48a70a120f4e6e592";

/// `xz --format=lzma -9`.
const LZMA: &str = "\
    5d00000004ffffffffffffffff00743ebfc10bca101b42c9659e05a0638763baa67fd393cc050d1fe30f4dde354e4b0e\
    843310dca8a89ee50c59cc474d652a0b429b7f432002ebdf5f7b7a8b956387c3b175ade489e4b6424367d9342ca8c4b1\
    5afc088010929fa126c874f3266cb1a236f07d629196a1692e857afe505a40";

/// `zstd -22 --ultra`.
const ZSTD: &str = "\
    28b52ffd04880d04000246151da01d0ecc3122b92ff0bdcb90383daafc462b956ce988cfefc5fe31f353bbbbb66eda5d\
    3dfd6e6b781dd5041e081f08e307f244f9c234779e43d1a5897a655dd8d72eb2db85f6e5bede17fc8a5ff26b17e5ede2\
    7c22a81078ac8d8d03b0936310488286e3a25aa85580aa743316ac4448360460a7142e77a75595964b64e5f1b7ff";

/// `gzip -9n`.
const GZIP: &str = "\
    1f8b08000000000002037bf15b9e81e1c5372031e1c5071039e1c54b3035e1c543083de1c50d2863c28b7330d6841787\
    41faf681f5ed80e8db08d5b712a66f015cdf3484be6e90be36b0be0688be4aa8be4298be0cb8be3884be60903e3fb03e\
    0f883e47a83e4b983e03b83e35843e69903e31b03e01883e4ea83e4698be1f72307defe4e0fa1e03992fee81f82f6e80\
    455f5c8448be380955040045cf263a3b010000";

const ALL: [(Compression, &str); 6] = [
    (Compression::Xz, XZ),
    (Compression::Lz4, LZ4),
    (Compression::Bzip2, BZIP2),
    (Compression::Lzma, LZMA),
    (Compression::Zstd, ZSTD),
    (Compression::Gzip, GZIP),
];

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<_> = hexadecimal.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

#[test]
fn whatever_the_kernels_build_compresses_with_is_read() {
    for (compression, compressed) in ALL {
        let file = bytes(compressed);
        assert_eq!(Compression::of(&file), Some(compression));
        assert!(decompress(file).unwrap() == calls(), "{compression:?}");
    }
}

#[test]
fn the_size_that_follows_in_an_image_is_no_part_of_it() {
    for (compression, compressed) in ALL {
        let mut payload = bytes(compressed);
        payload.extend((calls().len() as u32).to_le_bytes());
        let found = compression.decompress(&payload).unwrap();
        assert!(found == calls(), "{compression:?}");
    }
}

#[test]
fn what_is_cut_off_is_refused() {
    for (compression, compressed) in ALL {
        let file = bytes(compressed);
        for len in [8, file.len() / 2, file.len() - 1] {
            let found = compression.decompress(&file[..len]);
            assert!(found.is_err(), "{compression:?} at {len}");
        }
    }
}

#[test]
fn lzo_is_told_from_what_is_not_compressed() {
    let error = decompress(b"\x89LZO\0\x0d\x0a\x1a\x0a".to_vec()).unwrap_err();
    assert!(error.to_string().contains("lzop -d"), "{error}");
    assert_eq!(decompress(b"\x7fELF".to_vec()).unwrap(), b"\x7fELF");
}
