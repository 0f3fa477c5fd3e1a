package ffmerge.result;

/**
 * What a command found, as a record whose fields are the result's JSON. Everything that is shown, bound to a variable or
 * logged is one of these.
 */
public interface Result {}
