/**
 * WGSL `zero_times`: 0·x, and `nothing_of`: x - x. Compilers take either for 0 whatever x is (Mesa's and SwiftShader's do);
 * both are NaN where x is infinite or NaN, which shows in its bits.
 */
export const zeroFunctions = `fn is_endless(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) >= 0x7f800000u; }
fn zero_times(x: f32) -> f32 { return select(bitcast<f32>(bitcast<u32>(x) & 0x80000000u), nan_value(), is_endless(x)); }
fn nothing_of(x: f32) -> f32 { return select(0.0f, nan_value(), is_endless(x)); }
`
