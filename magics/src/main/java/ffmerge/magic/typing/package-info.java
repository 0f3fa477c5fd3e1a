/** Reading, completing and explaining what is typed. */
package ffmerge.magic.typing;
