package ffmerge.data;

/** A conversation, a line each turn, and a person's summary of it. */
public record Dialogue(String dialogue, String summary) {}
