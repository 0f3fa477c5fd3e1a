package ffmerge.generate;

/** Takes finite numbers for those that aren't, {@code remove_invalid_values}. */
record NoInvalidValues() implements ScoreProcessor {
    @Override
    public void process(TextSoFar text, float[] scores) {
        for (int i = 0; i < scores.length; i++) {
            if (Float.isNaN(scores[i])) {
                scores[i] = 0;
            } else if (Float.isInfinite(scores[i])) {
                scores[i] = Math.copySign(Float.MAX_VALUE, scores[i]);
            }
        }
    }
}
