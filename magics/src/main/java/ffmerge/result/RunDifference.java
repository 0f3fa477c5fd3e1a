package ffmerge.result;

/**
 * What two runs don't have in common.
 *
 * @param of what kind it is: {@code command}, {@code option}, {@code step}, {@code file}, {@code version}, {@code device},
 *     {@code result}
 * @param name of the option, the file, the result's field
 * @param a what the first run has; empty where it has none
 * @param b what the second has
 */
public record RunDifference(String of, String name, String a, String b) {}
