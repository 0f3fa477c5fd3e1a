/** Which unit of one sublayer goes with which unit of another: exact linear assignment on plain arrays. */
package ffmerge.permutation;
