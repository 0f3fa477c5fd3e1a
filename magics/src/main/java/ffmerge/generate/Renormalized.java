package ffmerge.generate;

/** Makes logarithms of probabilities of what the rules before it left, {@code renormalize_logits}. */
record Renormalized() implements ScoreProcessor {
    @Override
    public void process(TextSoFar text, float[] scores) {
        double largest = Double.NEGATIVE_INFINITY;
        for (float score : scores) {
            largest = Math.max(largest, score);
        }
        double sum = 0;
        for (float score : scores) {
            sum += Math.exp(score - largest);
        }
        double log = largest + Math.log(sum);
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) (scores[i] - log);
        }
    }
}
